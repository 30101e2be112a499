"""References that a customer sees."""

import secrets
from typing import Any

from django.db.models import CharField, Func

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that looks like a digit


def random_reference() -> str:
    """What a customer sees: 10 random characters (50 bits), so that nothing can be counted or guessed."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


class DatabaseReference(Func):
    """The same from the database (40 bits), for rows of before and for those that the release before still adds."""

    output_field = CharField()

    def as_sqlite(self, *_args: Any, **_kwargs: Any) -> tuple[str, list[Any]]:
        half = "substr(hex(randomblob(3)),1,5)"  # no blank: Django parts the columns of a table at ", "
        return f"{half} || '-' || {half}", []

    def as_postgresql(self, *_args: Any, **_kwargs: Any) -> tuple[str, list[Any]]:
        half = "upper(left(gen_random_uuid()::text, 5))"
        return f"{half} || '-' || {half}", []
