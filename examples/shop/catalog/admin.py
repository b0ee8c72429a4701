from django.contrib import admin

from catalog.models import Brand, Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):  # <- admin_collects_cascade
    list_display = ["name", "brand"]


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):
    def has_delete_permission(self, request, obj=None):
        return False
