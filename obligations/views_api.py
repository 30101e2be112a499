"""The API described: its OpenAPI document, and Swagger UI from this server alone."""

from functools import cache
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from accounts.doors import EVERYBODY, Request, door


@cache
def described() -> Any:
    """The OpenAPI document. It follows from the declarations, so it is made once."""
    maker: Any = SchemaGenerator  # the library carries no types
    return maker(urlconf="obligations.api_schema_urls").get_schema(request=None, public=True)


@door()
@require_safe
def schema(request: Request) -> JsonResponse:
    """OpenAPI 3.1. Public: it says what may be asked, and holds nobody's data."""
    return JsonResponse(described())


@door(*EVERYBODY)
@require_safe
def documentation(request: Request) -> HttpResponse:
    """Swagger UI."""
    return render(request, "obligations/api.html")
