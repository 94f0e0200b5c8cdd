"""Addresses of the desk."""

from django.urls import path

from yiwang.services.applications.http import desk, desk_cases

app_name = "desk"
urlpatterns = [
    path("", desk.inbox, name="inbox"),
    path("tasks/<int:task_id>/", desk.task, name="task"),
    path("tasks/<int:task_id>/reveal/", desk.reveal, name="reveal"),
    path("upload/", desk.upload, name="upload"),
    path("files/<int:file_id>/", desk_cases.file, name="file"),
    path("cases/", desk_cases.case_list, name="cases"),
    path("cases/<str:number>/", desk_cases.case, name="case"),
    path("cases/<str:number>/papers/<int:paper_id>/", desk_cases.paper, name="paper"),
    path("licences/<int:case_id>/<int:licence_id>/", desk_cases.licence_pdf, name="licence-pdf"),
]
