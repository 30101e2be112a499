"""Addresses of endpoints. (/webhooks/ is where others tell us something.)"""

from django.urls import path

from webhooks import views

urlpatterns = [
    path("", views.endpoint_list, name="endpoints"),
    path("<slug:reference>/", views.endpoint, name="endpoint"),
    path("<slug:reference>/<slug:verb>/", views.endpoint_change, name="endpoint-change"),
]
