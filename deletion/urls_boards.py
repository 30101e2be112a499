"""Address of the board of exits."""

from django.urls import path

from deletion import boards

urlpatterns = [path("", boards.exits, name="exits")]
