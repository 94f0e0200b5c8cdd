"""Addresses of the portal.

What is a person's own is not kept by the browser: on a shared computer the next one would get it
by the back button, and a form that was sent would look as if it still could be.
"""

from django.urls import path
from django.views.decorators.cache import never_cache

from yiwang.services.applications.http import cases, finding, me, owing, portal

app_name = "portal"
urlpatterns = [
    path("", finding.home, name="home"),
    path("search/", finding.search, name="search"),
    path("departments/", finding.departments, name="departments"),
    path("places/", finding.places, name="places"),
    path("services/<str:key>/", finding.service, name="service"),
    path("items/<str:code>/", finding.item, name="item"),
    path("apply/<str:code>/", never_cache(portal.start), name="start"),
    path("drafts/", never_cache(portal.drafts), name="drafts"),
    path("drafts/upload/", never_cache(portal.upload), name="upload"),
    path("drafts/<uuid:client_id>/<str:key>/", never_cache(portal.page), name="page"),
    path(
        "drafts/<uuid:client_id>/<str:key>/autosave/", never_cache(portal.autosave), name="autosave"
    ),
    path("cases/", never_cache(cases.case_list), name="cases"),
    path("cases/<str:number>/", never_cache(cases.case), name="case"),
    path("cases/<str:number>/correct/", never_cache(cases.correct), name="correct"),
    path("cases/<str:number>/withdraw/", never_cache(cases.withdraw), name="withdraw"),
    path("cases/<str:number>/pay/", never_cache(cases.pay), name="pay"),
    path("cases/<str:number>/rate/", never_cache(cases.rate), name="rate"),
    path("cases/<str:number>/receipt/", never_cache(cases.receipt), name="receipt"),
    path("cases/<str:number>/deferred/", never_cache(owing.deferred), name="deferred"),
    path("cases/<str:number>/hearing/", owing.hearing, name="hearing"),
    path("cases/<str:number>/papers/<int:paper_id>/", never_cache(cases.paper), name="paper"),
    path(
        "cases/<str:number>/materials/<int:material_id>/",
        never_cache(cases.material),
        name="material",
    ),
    path("me/", never_cache(me.me), name="me"),
    path("messages/", never_cache(me.messages), name="messages"),
    path("messages/<int:message_id>/", never_cache(me.read_message), name="read-message"),
    path("licences/", never_cache(cases.licence_list), name="licences"),
    path("licences/<int:licence_id>/", never_cache(cases.licence), name="licence"),
    path("licences/<int:licence_id>/pdf/", never_cache(cases.licence_pdf), name="licence-pdf"),
]
