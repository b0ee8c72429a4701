from catalog.models import Banner, Brand, Campaign, Category, Price, PriceChange, Product, Review, Variant

BATCH = 1000


def drop_unknown_brands() -> None:
    Brand.objects.filter(name__startswith="?").delete()  # <- set_null_fan_in


def drop_brand(brand: Brand) -> None:
    """One key in one UPDATE, however many products carry the brand."""
    brand.delete()


def rename_category(old: Category, new: Category) -> None:
    """PROTECT refuses while products are left, and no row is changed behind our back."""
    Product.objects.filter(category=old).update(category=new)
    old.delete()


def delete_in_batches(queryset) -> None:
    """Delete a queryset in batches of keys, each batch a transaction of its own."""
    while keys := list(queryset.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        queryset.model.objects.filter(pk__in=keys).delete()


def drop_product(product: Product) -> None:
    """The leaves first and in batches, so that the last delete finds next to nothing."""
    delete_in_batches(PriceChange.objects.filter(price__variant__product=product))
    delete_in_batches(Price.objects.filter(variant__product=product))
    delete_in_batches(Variant.objects.filter(product=product).only("pk"))
    delete_in_batches(Review.objects.filter(product=product).only("pk"))
    product.delete()


def clear_banners() -> None:
    Banner.objects.filter(hidden_at__isnull=True).delete()
    Campaign.objects.filter(retired_at__isnull=True).delete()
