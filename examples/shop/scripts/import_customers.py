# Left over from the old shop: Python 2, and never converted.
from customers.models import Customer


def drop_customers_without_address():
    rows = Customer.objects.filter(email="")
    rows.delete()
    print "customers without an address are gone"  # <- unreadable_file
