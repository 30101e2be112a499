"""What the API reads from a request: JSON bodies, versions, the token's reach."""

import binascii
import datetime as dt
import re
from base64 import b64decode
from typing import Any

from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request

from accounts import factors, tokens
from obligations import api_facts, evidence
from obligations.api_facts import Unfit
from obligations.api_pages import REFERENCE
from obligations.clauses import Step
from obligations.facts import instant
from obligations.models import Agreement, Matter
from obligations.proposals import waits_for
from obligations.signatures import signs

ETAG = re.compile(r'"v(\d{1,9})"')


class VersionNeeded(APIException):
    status_code, default_code = 428, "precondition-required"


class ProveAgain(PermissionDenied):
    default_code = "prove-again"


class PersonsAct(PermissionDenied):
    default_code = "persons-act"
    default_detail = "A person signs and approves, no token: sign in and take this step on its page."


class VersionPassed(APIException):
    status_code, default_code = 412, "precondition-failed"


def actor(request: Request) -> Any:
    """Who asks."""
    return request._request.actor  # type: ignore[attr-defined]


def reach(request: Request, kind: str, verb: str) -> None:
    """403 when the token's scopes do not reach that kind."""
    if not tokens.allows(getattr(request._request, "token", None), kind, verb):
        raise PermissionDenied(f"This token lacks the scope {kind}:{verb}.")


def persons_act(request: Request, found: Matter, step: Step) -> bool:
    """Whether this is a second person's yes, or the signature of one of a customer's people."""
    signature = signs(step) and not actor(request).is_staff
    return signature or waits_for(found, step.name)


def unfit(request: Request, found: Matter, step: Step) -> str:
    """Why a token does not take the step, whatever its owner may do; "" when it may."""
    by_token = getattr(request._request, "token", None) is not None
    return PersonsAct.default_detail if by_token and persons_act(request, found, step) else ""


def proved(request: Request, found: Matter, step: Step) -> None:
    """403 for a person's act by a token, or from a session in which nobody has proved lately who is there."""
    if not persons_act(request, found, step):
        return
    if unfit(request, found, step):
        raise PersonsAct
    if factors.page_before_signing(request._request):
        raise ProveAgain(
            "Signing and approving ask again who is there: open the step's page, or /accounts/reauthenticate/."
        )


def body(request: Request, *known: str) -> dict[str, Any]:
    """The JSON object that was sent. 400 for anything else, and for members that nobody reads."""
    if not isinstance(request.data, dict) or not isinstance(request.data.get("facts", {}), dict):
        raise ValidationError({"facts": ['Send an object such as {"facts": {}}.']})
    unknown = {name: ["There is no such member."] for name in request.data if name not in known}
    if unknown:
        raise ValidationError(unknown)
    return request.data


def version(request: Request, sent: dict[str, Any], found: Matter) -> int:
    """The version that the sender has read: of If-Match, else of the body. 428 without, 412 when it has passed."""
    header = request.headers.get("If-Match")
    if header is not None:
        seen = ETAG.fullmatch(header.strip())
        if header.strip() != "*" and (seen is None or int(seen[1]) != found.version):
            words = f'{found.public_reference} is at "v{found.version}" now. Read it again, then repeat your step.'
            raise VersionPassed(words)
        if header.strip() == "*" and "version" not in sent:
            return found.version
    if "version" not in sent:
        if header is not None:
            return found.version
        raise VersionNeeded(f"Send If-Match or the version that you read; it is {found.version} now.")
    if isinstance(sent["version"], bool) or not isinstance(sent["version"], int):
        raise ValidationError({"version": [f"Give the version that you read; it is {found.version} now."]})
    return int(sent["version"])


def facts(sent: dict[str, Any], step: Step) -> dict[str, Any]:
    """The facts as the verb takes them: a file comes as {"name", "content": base64}, never as a digest."""
    known = dict(sent.get("facts", {}))
    for field in step.fields:
        if field.type == "file" and known.get(field.name) is not None:
            known[field.name] = file(field.name, known[field.name])
    return api_facts.taken(known, step)


def file(name: str, value: Any) -> dict[str, Any]:
    """A file sent as {"name", "content"}, stored."""
    try:
        if set(value) != {"name", "content"} or not isinstance(value["name"], str):
            raise TypeError
        value["name"].encode()
        if not value["name"].strip() or "\x00" in value["name"]:
            raise evidence.Unusable("Give the file a name.")
        return evidence.kept(value["name"], [b64decode(value["content"], validate=True)])
    except evidence.Unusable as error:
        raise Unfit({name: [str(error)]}) from error
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise ValidationError({name: ['Send {"name": ..., "content": base64}.']}) from error


def agreement(sent: dict[str, Any]) -> Agreement | None:
    """The agreement that the new matter is about, by its reference."""
    if "agreement" not in sent:
        return None
    text = sent["agreement"]
    if not isinstance(text, str) or not REFERENCE.fullmatch(text.upper()):
        raise ValidationError({"agreement": ["Give the reference of an agreement."]})
    rows = Matter.objects.filter(kind="agreement", public_reference=text.upper())
    found: Matter | None = rows.select_related("agreement").first()
    if found is None:
        raise Unfit({"agreement": ["There is no agreement of that reference."]})
    return found.agreement


def at(sent: dict[str, Any], now: Any) -> Any:
    """When it happened."""
    try:
        return instant(sent["at"]) if "at" in sent else now
    except (TypeError, ValueError, OverflowError) as error:
        kind = Unfit if _is_instant(sent["at"]) else ValidationError
        raise kind({"at": [str(error)]}) from error


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and dt.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
