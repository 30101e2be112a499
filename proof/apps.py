from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "proof"

    def ready(self) -> None:
        from obligations import alerts, append_only, erasing
        from proof import erased, sealing

        append_only.TABLES["proof_seal"] = (
            "entry = NEW.entry AND chain = NEW.chain",
            "chain = NEW.chain AND seq = NEW.seq",
            "chain = NEW.chain AND previous_hash = NEW.previous_hash",
        )
        alerts.EVERY_TICK.append(sealing.tick)
        erasing.KEEPERS.append(erased.keep)
