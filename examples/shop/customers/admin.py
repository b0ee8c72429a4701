from django.contrib import admin

from customers.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # <- admin_collects_cascade
    search_fields = ["name", "email"]
