"""Settings of those who run it: logs, the journal of what was sent, backups."""

import environ

from dpa_tracker.logs import logging_at

env = environ.Env()
ADMINS = [("", address) for address in env.list("ERROR_MAILS_TO", default=[])]
# json: one object a line, for a collector of logs; line: for people at a terminal, as in `make run`
LOG_FORMAT = env.str("LOG_FORMAT", default="line" if env.bool("INSECURE_HTTP", default=False) else "json")
LOGGING = logging_at(env.str("LOG_LEVEL", default="INFO"), LOG_FORMAT)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its own lines would quote errors
SENT_JOURNAL = env.str("SENT_JOURNAL", default="")  # a folder; empty: DATA_DIR/sent
PG_BIN = env.str("PG_BIN", default="")  # the folder of pg_dump and pg_restore; empty: on the PATH
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", default=4)  # how many messages one process hands over at once
