"""A believable demo: people, customers, the story of one breach, and a breach that runs now."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import Customer, User
from accounts.scope import ALL, scope
from dpa_tracker.demo import more_rooms, rooms, world
from dpa_tracker.demo.story import LINES, ScriptedPost, Story, Wall, utc
from obligations import delivery
from obligations.facts import InvalidFacts
from obligations.turn import Refused

BEGIN = utc("5 Jan 08:00")


class Command(BaseCommand):
    help = "Fill an empty installation with a demo and print the sign-ins; one that has the demo is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        with scope(ALL, reason="demo"):
            if User.objects.filter(email=f"olga@{world.HOUSE}").exists():
                self.stdout.write("The demo is here already.")
            elif Customer.objects.exists():
                raise CommandError(
                    "This installation holds real customers: the demo only goes into an empty one."
                )
            else:
                load_demo(timezone.now())
                self.stdout.write("The demo is loaded.")
        self.stdout.write(f"Sign in with the password “{world.PASSWORD}” as")
        for key, name, role in world.PEOPLE:
            self.stdout.write(f"  {key}@{world.HOUSE:<20} {name}, {role.label}")
        self.stdout.write("  carl@nordlicht.example    Carl Brandt, contact of a customer")
        self.stdout.write("  berta@iberia.example      Berta Solis, signatory of a customer")


def load_demo(now: dt.datetime) -> Story:
    """The whole demo in one transaction; returns the story that was played."""
    with transaction.atomic():
        cast = world.build(BEGIN)
        played = play(cast)
        world.close_the_story(cast)
        world.running_breach(cast, now)
        rooms.fill(cast, now)
        more_rooms.fill(rooms.Writer(cast, now))
    return played


def play(cast: Any) -> Story:
    """Play every line of the story; the early close is refused, as it should be."""
    wall = Wall()
    carrier = ScriptedPost(wall)

    def deliver(at: dt.datetime) -> None:
        wall.begin(at)
        delivery.deliver(at, clock=lambda: wall.now, post=lambda: carrier)

    story = Story(cast, deliver)
    for name, *arguments in LINES:
        try:
            getattr(story, name)(*arguments)
        except (Refused, InvalidFacts):
            if name != "close":
                raise
    return story
