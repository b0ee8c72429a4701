from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import DeleteView

from catalog.models import Product


class ProductDelete(DeleteView):  # <- admin_collects_cascade
    model = Product
    success_url = "/products/"


def discontinue(request: HttpRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    product.delete()  # <- unbatched_cascade
    return redirect("/products/")
