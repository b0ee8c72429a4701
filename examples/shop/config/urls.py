from django.contrib import admin
from django.urls import path

from catalog.views import ProductDelete, discontinue

urlpatterns = [
    path("admin/", admin.site.urls),
    path("products/<int:pk>/delete/", ProductDelete.as_view()),
    path("products/<int:pk>/discontinue/", discontinue),
]
