from django.core.paginator import Paginator

from sensors.models import Alarm, Reading, Station

BATCH_SIZE = 500


def delete_efficiently(queryset, model, batch_size=BATCH_SIZE):
    paginator = Paginator(queryset.only("id").order_by("id"), batch_size)
    # All keys first: the pages would shift under a delete.
    batches = [[row.id for row in paginator.page(number).object_list] for number in paginator.page_range]
    for batch in batches:
        model.objects.filter(id__in=batch).delete()


def close(pk):
    station = Station.objects.get(pk=pk)
    delete_efficiently(Alarm.objects.filter(reading__station_id=station.id), Alarm)
    delete_efficiently(Reading.objects.filter(station_id=station.id), Reading)
    station.delete()
