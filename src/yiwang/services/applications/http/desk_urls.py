"""Addresses of the desk."""

from django.urls import path

from yiwang.services.applications.http import desk, desk_cases, desk_ratings, desk_window

app_name = "desk"
urlpatterns = [
    path("", desk.inbox, name="inbox"),
    path("tasks/<int:task_id>/", desk.task, name="task"),
    path("tasks/<int:task_id>/reveal/", desk.reveal, name="reveal"),
    path("upload/", desk.upload, name="upload"),
    path("files/<int:file_id>/", desk_cases.file, name="file"),
    path("cases/", desk_cases.case_list, name="cases"),
    path("cases/<str:number>/", desk_cases.case, name="case"),
    path("cases/<str:number>/receipt/", desk_window.receipt, name="receipt"),
    path("cases/<str:number>/rate/", desk_window.rate, name="rate"),
    path("cases/<str:number>/papers/<int:paper_id>/", desk_cases.paper, name="paper"),
    path("licences/<int:case_id>/<int:licence_id>/", desk_cases.licence_pdf, name="licence-pdf"),
    path("window/", desk_window.window, name="window"),
    path("window/party/", desk_window.for_party, name="window-party"),
    path("window/next/", desk_window.next_person, name="window-next"),
    path("window/start/<str:code>/", desk_window.start, name="start"),
    path("window/<uuid:client_id>/<str:key>/", desk_window.page, name="page"),
    path("window/<uuid:client_id>/<str:key>/autosave/", desk_window.autosave, name="autosave"),
    path("ratings/", desk_ratings.ratings, name="ratings"),
]
