"""The one settings file. Everything that differs between machines comes from the environment.

Defaults are safe: DEBUG is off, there is no default SECRET_KEY, cookies need HTTPS. `make run` sets what
a person needs who just wants to see the program; docs/operations.md lists every variable.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from dpa_tracker.settings_api import *  # noqa: F403
from dpa_tracker.settings_limits import *  # noqa: F403
from dpa_tracker.settings_operations import *  # noqa: F403
from dpa_tracker.settings_tick import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str, what: str) -> str:
    """Value of an environment variable, or a message that says how to set it."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. It must hold {what}. See docs/operations.md.")
    return value


DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = required("SECRET_KEY", "at least 50 random characters, for instance of `openssl rand -hex 32`")
DEBUG = env.bool("DEBUG", default=False)
INSECURE_HTTP = env.bool("INSECURE_HTTP", default=False)  # localhost only: cookies travel without TLS
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if INSECURE_HTTP else [])
BASE_URL = env.str("BASE_URL", default="http://localhost:8000" if INSECURE_HTTP else "https://localhost")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin.apps.SimpleAdminConfig",  # nothing registers itself: dpa_tracker/looking_glass.py does
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "drf_spectacular_sidecar",
    "rest_framework",
    "simple_history",
    "accounts",
    "jobs",
    "obligations",
    "proof",
    "webhooks",
    "feeds",
    "agreements",
    "audits",
    "breaches",
    "dashboard",
    "deletion",
    "disclosures",
    "dsars",
    "exchange",
    "instructions",
    "portal",
    "safeguards",
    "subprocessors",
    "dpa_tracker",
]

MIDDLEWARE = [
    "dpa_tracker.requests.numbered",
    "dpa_tracker.probes.answered",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "dpa_tracker.sizes.nothing_too_large",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "accounts.middleware.scope_of_the_reader",
    "accounts.middleware.second_factor_first",
]

ROOT_URLCONF = "dpa_tracker.urls"
WSGI_APPLICATION = "dpa_tracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dpa_tracker.context.frame",
            ]
        },
    }
]

# --- Database: SQLite for one machine, PostgreSQL for many processes -----------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'dpa_tracker.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that what a verb has read is still true when it writes.
    # synchronous=FULL: a commit that was answered survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # Tests use a file as well: threads and processes must race on the real thing.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool(
        "DATABASE_POOLED", default=False
    )  # pgbouncer
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: the broker only says "wake up now"; the truth is in the database --------------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 60,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
    CELERY_BEAT_SCHEDULER = "redbeat.RedBeatScheduler"
    CELERY_REDBEAT_LOCK_TIMEOUT = 30
else:
    BROKER_DIR = DATA_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.5,
    }
    CELERY_BEAT_SCHEDULE_FILENAME = str(BROKER_DIR / "beat-schedule")
    for name in ("messages", "control"):
        (BROKER_DIR / name).mkdir(parents=True, exist_ok=True)
# Rate limits and used codes are counted here, so all processes share it: Redis, else a table (`migrate` makes it).
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}
# How often a token asks is counted in Redis, else in each process: no request of the API costs a write for it.
CACHES["throttle"] = (
    CACHES["default"] if REDIS_URL else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- People -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]
VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
]
ACCOUNT_ADAPTER = "accounts.adapters.InvitationOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses come from an invitation by staff
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or factor is told to its owner
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/5m/ip,10/15m/key",
    "invitation": "20/m/ip",
    "token_failed": "60/m/ip",
}
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
SESSION_COOKIE_AGE = 12 * 60 * 60  # a working day, then everybody signs in anew
ACCOUNT_SESSION_REMEMBER = True  # the cookie keeps that age when the browser closes; nobody is asked

# Second factors: a code of an authenticator app, or a passkey; recovery codes for the day when both are gone.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=True)  # off in the demo (`make run`)
MFA_ADAPTER = "accounts.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "DPA Tracker"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSECURE_HTTP  # browsers do the same, for localhost alone
# What seals secrets in the database (accounts/keyring.py): the first seals, all of them open.
FIELD_KEYS = env.list("FIELD_KEYS", default=[SECRET_KEY])
CHECKPOINT_KEYS = env.list("CHECKPOINT_KEYS", default=[SECRET_KEY])  # the first signs: proof/signing.py
CHECKPOINT_RETIRED = env.list("CHECKPOINT_RETIRED", default=[])

# Single sign-on with one provider, by OpenID Connect. Only for people who were invited.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_APP = {
    "provider_id": "house",
    "name": env.str("OIDC_NAME", default="single sign-on"),
    "client_id": env.str("OIDC_CLIENT_ID", default=""),
    "secret": env.str("OIDC_CLIENT_SECRET", default=""),
    "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
}
OIDC_ADDRESSES = [OIDC_ISSUER, *env.list("OIDC_ORIGINS", default=[])] if OIDC_ISSUER else []
OIDC_ORIGINS = ["/".join(address.split("/")[:3]) for address in OIDC_ADDRESSES]
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_APP] if OIDC_ISSUER else []}}
SOCIALACCOUNT_ADAPTER = "accounts.adapters.InvitedByAddress"
SOCIALACCOUNT_STORE_TOKENS = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# --- Mail ---------------------------------------------------------------------------------------------
# Without SMTP_HOST mails are written as files: nobody is told by accident while trying the program.
EMAIL_HOST = env.str("SMTP_HOST", default="")
EMAIL_PORT = env.int("SMTP_PORT", default=587)
EMAIL_HOST_USER = env.str("SMTP_USER", default="")
EMAIL_HOST_PASSWORD = env.str("SMTP_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("SMTP_TLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 15
EMAIL_FILE_PATH = str(DATA_DIR / "outbox")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="DPA Tracker <dpa-tracker@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Domains whose own mail server we speak to ourselves: its acceptance is proof of receipt.
# MAIL_DIRECT="customer.example=mx.customer.example:25, other.example=..."
MAIL_DIRECT = {
    domain.strip().lower(): server.strip() for domain, server in env.dict("MAIL_DIRECT", default={}).items()
}
# The provider behind SMTP_HOST that reports what became of a mail, by django-anymail's name ("mailgun", "postmark"):
# it posts to /webhooks/mail/<provider>/ with this user:password. Its own signing key, where it has one, in ANYMAIL_*.
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default="")
ANYMAIL = {"WEBHOOK_SECRET": env.str("MAIL_WEBHOOK_SECRET", default="")}
# The mailbox of MAIL_FROM, for `read_reports --mailbox`: imaps://user:password@host/INBOX
BOUNCE_MAILBOX = env.str("BOUNCE_MAILBOX", default="")

# --- Web ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = Path(env.str("EVIDENCE_DIR", default=str(DATA_DIR / "evidence")))

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{key: [NONE] for key in ("default-src", "frame-ancestors", "base-uri")},
        **{key: [SELF] for key in ("script-src", "style-src", "font-src", "connect-src")},
        "img-src": [SELF, "data:"],
        # A browser follows the form that starts single sign-on only to origins that stand here.
        "form-action": [SELF, *OIDC_ORIGINS],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = not INSECURE_HTTP
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not INSECURE_HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "session" if INSECURE_HTTP else "__Host-session"
CSRF_COOKIE_NAME = "csrf" if INSECURE_HTTP else "__Host-csrf"
