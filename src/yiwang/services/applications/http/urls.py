"""Addresses of the portal."""

from django.urls import path

from yiwang.services.applications.http import cases, finding, me, portal

app_name = "portal"
urlpatterns = [
    path("", finding.home, name="home"),
    path("search/", finding.search, name="search"),
    path("departments/", finding.departments, name="departments"),
    path("places/", finding.places, name="places"),
    path("services/<str:key>/", finding.service, name="service"),
    path("items/<str:code>/", finding.item, name="item"),
    path("apply/<str:code>/", portal.start, name="start"),
    path("drafts/", portal.drafts, name="drafts"),
    path("drafts/upload/", portal.upload, name="upload"),
    path("drafts/<uuid:client_id>/<str:key>/", portal.page, name="page"),
    path("drafts/<uuid:client_id>/<str:key>/autosave/", portal.autosave, name="autosave"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("cases/<str:number>/correct/", cases.correct, name="correct"),
    path("cases/<str:number>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<str:number>/pay/", cases.pay, name="pay"),
    path("cases/<str:number>/rate/", cases.rate, name="rate"),
    path("cases/<str:number>/receipt/", cases.receipt, name="receipt"),
    path("cases/<str:number>/papers/<int:paper_id>/", cases.paper, name="paper"),
    path("cases/<str:number>/materials/<int:material_id>/", cases.material, name="material"),
    path("me/", me.me, name="me"),
    path("messages/", me.messages, name="messages"),
    path("messages/<int:message_id>/", me.read_message, name="read-message"),
    path("licences/", cases.licence_list, name="licences"),
    path("licences/<int:licence_id>/", cases.licence, name="licence"),
    path("licences/<int:licence_id>/pdf/", cases.licence_pdf, name="licence-pdf"),
]
