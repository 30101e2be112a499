"""Long work and a result for each of its rows. Rows of the house: no customer ever sees them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scoped


class Job(Scoped):
    """Work that one person started. What is left of it stands in its rows, so any process can carry on."""

    id = models.UUIDField(
        primary_key=True, default=uuid.uuid4, editable=False
    )  # the form's key: sent twice, one job
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict)  # what holds for all rows
    back = models.CharField(max_length=200, blank=True)  # address of the page it was started on
    total = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)

    class Meta(Scoped.Meta):
        indexes: ClassVar = [
            models.Index(fields=["started_at"], condition=Q(finished_at=None), name="job_unfinished"),
            models.Index(fields=["owner", "-started_at"], name="job_of_owner"),
        ]

    def __str__(self) -> str:
        return self.title


class JobRow(Scoped):
    """One row of the work. It is marked in the transaction of what it did."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        DONE = "done", _("done")
        SAME = "same", _("unchanged")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    about = models.CharField(max_length=250)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    words = models.TextField(blank=True)

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="one_row_per_number_of_a_job")
        ]
        indexes: ClassVar = [models.Index(fields=["job", "state", "number"], name="jobrow_state")]

    def __str__(self) -> str:
        return f"{self.number}. {self.about}: {self.state}"
