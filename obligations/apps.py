from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "obligations"

    def ready(self) -> None:
        from accounts import drafts, invitations, mails, sessions, tokens
        from jobs import working
        from obligations import (
            alerts,
            bulk_steps,
            checks,  # noqa: F401  registers the system checks
            clauses,
            facts,
            languages,
            mail_events,
            recalculating,
            retention,
            signatures,
            strays,
        )

        mail_events.listen()
        drafts.NEVER += [
            facts.private_names,
            lambda: (signatures.NAME, "intends"),
        ]  # whoever signs, signs anew
        mails.SAID_BY.append(languages.language_of)
        working.WORK[bulk_steps.KIND] = working.Work(bulk_steps.do, bulk_steps.CHUNK)
        alerts.EVERY_TICK += [working.work, recalculating.tick, tokens.forget_used_keys, retention.tick]
        clauses.ENGINE_TERMS += retention.TERMS
        retention.follow("alerts", retention.words_of_alerts)
        retention.follow("notices", retention.words_of_notices)
        retention.follow("jobs", working.forget)
        retention.follow("invitations", invitations.forget)
        retention.follow("tokens", tokens.forget_ended)
        retention.follow("sessions", sessions.forget)
        retention.follow("mails", strays.mails_as_files)
        retention.follow("journal", strays.journal_of_what_was_sent)
        retention.follow("strays", strays.evidence_without_rows)
