from sensors.models import Station


def close(pk):
    station = Station.objects.get(pk=pk)
    station.delete()
