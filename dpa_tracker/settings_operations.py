"""Settings of those who run it: logs, the journal of what was sent, backups."""

import environ

from dpa_tracker.logs import logging_at

env = environ.Env()
ADMINS = [("", address) for address in env.list("ERROR_MAILS_TO", default=[])]
LOGGING = logging_at(env.str("LOG_LEVEL", default="INFO"))
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its own lines would quote errors
SENT_JOURNAL = env.str("SENT_JOURNAL", default="")  # a folder; empty: DATA_DIR/sent
PG_BIN = env.str("PG_BIN", default="")  # the folder of pg_dump and pg_restore; empty: on the PATH
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", default=4)  # how many messages one process hands over at once
