"""Settings of the API."""

import environ

env = environ.Env()
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.AtTheDoor"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.authentication.PerToken"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "obligations.problems.problem_details",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DPA Tracker",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "APPEND_COMPONENTS": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}
API_RATE = env.str("API_RATE", default="1200/min")  # requests of one token
METRICS_TOKEN = env.str(
    "METRICS_TOKEN", default=""
)  # what Prometheus sends as its bearer token; none: no metrics
WEBHOOKS_LOCAL = env.bool(
    "WEBHOOKS_LOCAL", default=False
)  # tests alone: plain http and addresses of this machine
