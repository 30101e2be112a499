"""A table to be read: as it is uploaded, then as the dry run's page carries it."""

import base64
import binascii
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from exchange.tables import LIMIT


class TableForm(forms.Form):
    """`file` first; afterwards `carried`, the very bytes that the dry run was made of, and its `digest`."""

    file = forms.FileField(required=False, max_length=200)
    carried = forms.CharField(required=False)
    name = forms.CharField(required=False, max_length=200)
    digest = forms.CharField(required=False, max_length=64)
    key = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        """`data` and `name` of the table."""
        found: dict[str, Any] = super().clean() or {}
        upload = found.get("file")
        if upload is not None:
            return {**found, "data": upload.read(LIMIT + 1), "name": upload.name or "table", "digest": ""}
        try:
            data = base64.b64decode(found.get("carried", ""), validate=True)
        except binascii.Error:
            data = b""
        if not data:
            raise forms.ValidationError(_("Choose a file."))
        return {**found, "data": data}
