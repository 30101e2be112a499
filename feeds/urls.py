"""Addresses of calendars."""

from django.urls import path

from feeds import views

urlpatterns = [
    path("", views.feed_list, name="feeds"),
    path("<slug:digest>/end/", views.feed_end, name="feed-end"),
    path("<str:secret>.ics", views.calendar, name="calendar-feed"),
]
