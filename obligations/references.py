"""References that a customer sees."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that looks like a digit


def random_reference() -> str:
    """What a customer sees: 10 random characters (50 bits), so that nothing can be counted or guessed."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"
