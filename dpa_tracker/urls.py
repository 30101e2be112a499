"""All addresses."""

from django.urls import include, path, re_path

from accounts import urls as accounts
from accounts.views_sign_in import invitation
from dpa_tracker import views
from dpa_tracker.looking_glass import site
from obligations.problems import unknown_path

handler500 = "dpa_tracker.views.fault"
urlpatterns = [
    path("", views.first_page, name="today"),
    path("matters/<slug:reference>/", views.matter, name="matter"),
    path("matters/<slug:reference>/steps/<slug:step>/", views.step, name="step"),
    path("metrics", views.metrics, name="metrics"),
    path("portal/", include("portal.urls")),
    path("accounts/email/", views.not_here),  # addresses come by invitation: nobody changes their own
    path("accounts/3rdparty/", views.not_here),  # nor ties a stranger's account to theirs
    path("accounts/3rdparty/signup/", views.not_here),
    path("accounts/", include(accounts.sign_in)),
    path("invitations/<str:secret>/", invitation, name="invitation"),
    path("people/", include(accounts.people)),
    path("admin/", site.urls),
    path("agreements/", include("agreements.urls")),
    path("audits/", include("audits.urls")),
    path("breaches/", include("breaches.urls")),
    path("certificates/", include("deletion.urls")),
    path("exits/", include("deletion.urls_boards")),
    path("demands/", include("disclosures.urls")),
    path("data-subjects/", include("dsars.urls")),
    path("exchange/", include("exchange.urls")),
    path("jobs/", include("jobs.urls")),
    path("calendars/", include("feeds.urls")),
    path("endpoints/", include("webhooks.urls")),
    path("proof/", include("proof.urls")),
    path("safeguards/", include("safeguards.urls")),
    path("subprocessors/", include("subprocessors.urls")),
    path("api/v1/", include("obligations.api_urls")),
    path("", include("dashboard.urls")),
    re_path(r"^api/(?P<rest>.*)$", unknown_path),
    path("", include("obligations.urls")),
]
