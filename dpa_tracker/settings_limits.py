"""How much a request may bring."""

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # all but files; also all that somebody who is not signed in may send
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000  # a breach may name 5,000 agreements
REQUEST_MAX_SIZE = 27 * 2**20  # a form with its files: one of the largest size (obligations/evidence.py) fits
