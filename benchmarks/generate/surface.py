"""What the users of an app meet: views, forms, serializers, admin pages, addresses."""

from __future__ import annotations

from string import Template

from benchmarks.generate.shape import App

_VIEWS = Template('''"""Pages about $model."""

import logging

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.db.models import Count, Q
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.generic import CreateView, DetailView, ListView, UpdateView, View

from $app.forms import ${model}Form
from $app.models import $model

logger = logging.getLogger(__name__)


class ${model}ListView(LoginRequiredMixin, ListView):
    model = $model
    paginate_by = 50

    def get_queryset(self):
        queryset = super().get_queryset()
        if query := self.request.GET.get("q"):
            queryset = queryset.filter(Q(pk__icontains=query) | Q(pk__startswith=query))
        if order := self.request.GET.get("order"):
            queryset = queryset.order_by(order, "pk")
        return queryset

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["query"] = self.request.GET.get("q", "")
        context["total"] = self.object_list.aggregate(total=Count("pk"))["total"]
        return context


class ${model}DetailView(LoginRequiredMixin, DetailView):
    model = $model

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"id": self.object.pk, "text": str(self.object)})
        return self.render_to_response(self.get_context_data(object=self.object))


class ${model}CreateView(LoginRequiredMixin, PermissionRequiredMixin, CreateView):
    model = $model
    form_class = ${model}Form
    permission_required = "$app.add"
    success_url = reverse_lazy("$app:list")

    def form_valid(self, form):
        response = super().form_valid(form)
        messages.success(self.request, _("Saved."))
        logger.info("created %s by %s", self.object.pk, self.request.user.pk)
        return response


class ${model}UpdateView(LoginRequiredMixin, PermissionRequiredMixin, UpdateView):
    model = $model
    form_class = ${model}Form
    permission_required = "$app.change"
    success_url = reverse_lazy("$app:list")

    def form_invalid(self, form):
        for field, errors in form.errors.items():
            messages.error(self.request, f"{field}: {', '.join(errors)}")
        return super().form_invalid(form)
''')

_REMOVE = Template("""

class ${model}RemoveView(LoginRequiredMixin, View):
    def post(self, request, pk):
        found = get_object_or_404($model, pk=pk)
        request.session.pop("last_$app", None)
        found.delete()$mark
        messages.info(request, _("Removed."))
        return HttpResponseRedirect(reverse_lazy("$app:list"))
""")

_FORM = Template("""
class ${model}Form(forms.ModelForm):
    confirm = forms.BooleanField(required=False, label=_("I know what this does"))

    class Meta:
        model = $model
        exclude = ["id"]

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("class", "input")
            field.widget.attrs["data-name"] = name

    def clean(self):
        cleaned = super().clean()
        if self.user is not None and not self.user.is_active:
            raise forms.ValidationError(_("You cannot do this."))
        return cleaned

    def save(self, commit=True):
        saved = super().save(commit=False)
        if commit:
            saved.save()
            self.save_m2m()
        return saved

""")

_SERIALIZER = Template("""
class ${model}Serializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = $model
        fields = ["id", "url", "text"]
        read_only_fields = ["id"]

    def get_url(self, obj):
        request = self.context.get("request")
        path = f"/api/$app/{obj.pk}/"
        return request.build_absolute_uri(path) if request is not None else path

    def get_text(self, obj):
        return str(obj)

    def validate(self, attrs):
        attrs = super().validate(attrs)
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError({name: "unknown" for name in sorted(unknown)})
        return attrs


class ${model}ViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, viewsets.ReadOnlyModelViewSet):
    queryset = $model.objects.all()
    serializer_class = ${model}Serializer
    permission_classes = [permissions.IsAuthenticated]

    def get_queryset(self):
        queryset = super().get_queryset()
        ids = self.request.query_params.getlist("id")
        return queryset.filter(pk__in=ids) if ids else queryset

    @decorators.action(detail=True, methods=["post"])
    def copy(self, request, pk=None):
        found = self.get_object()
        found.pk = None
        found.save()
        return response.Response(self.get_serializer(found).data, status=status.HTTP_201_CREATED)

""")

_ADMIN = Template("""
@admin.register($model)
class ${model}Admin(admin.ModelAdmin):
    list_display = ["__str__"]
    search_fields = ["id"]
    show_full_result_count = False
    actions = ["export"]

    @admin.action(description="Export")
    def export(self, request, queryset):
        rows = [str(row) for row in queryset.iterator()]
        self.message_user(request, f"{len(rows)} exported")

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("pk")

""")

_URLS = Template("""from django.urls import path

from $app.views import $modules

app_name = "$app"
urlpatterns = [
    path("", ${first}.${root}ListView.as_view(), name="list"),
    path("<int:pk>/remove/", ${first}.${root}RemoveView.as_view(), name="remove"),
$paths
]
""")
_PATH = Template("""    path("$module/<int:pk>/", $module.${model}DetailView.as_view(), name="$name"),
    path("$module/add/", $module.${model}CreateView.as_view(), name="$module-add"),
    path("$module/<int:pk>/change/", $module.${model}UpdateView.as_view(), name="$module-change"),""")


def page_models(app: App) -> tuple[str, ...]:
    """The models with pages of their own."""
    return app.models[:5]


def views(app: App, model: str) -> str:
    mark = "  # <- unbatched_cascade" if app.deep else ""
    text = _VIEWS.substitute(app=app.name, model=model)
    return text + _REMOVE.substitute(app=app.name, model=model, mark=mark) if model == app.root else text


def forms(app: App) -> str:
    head = "from django import forms\nfrom django.utils.translation import gettext_lazy as _\n\n"
    return head + _importing(app) + "".join(_FORM.substitute(model=model) for model in page_models(app))


def serializers(app: App) -> str:
    head = "from rest_framework import decorators, mixins, permissions, response, serializers, status, viewsets\n\n"
    return (
        head
        + _importing(app)
        + "".join(_SERIALIZER.substitute(app=app.name, model=model) for model in page_models(app))
    )


def admin(app: App) -> str:
    registered = (app.part, f"{app.prefix}Label", f"{app.prefix}Option")
    return (
        "from django.contrib import admin\n\n"
        + _importing(app, registered)
        + "".join(_ADMIN.substitute(model=model) for model in registered)
    )


def urls(app: App) -> str:
    pages = page_models(app)
    modules = [model.lower() for model in pages]
    paths = "\n".join(
        _PATH.substitute(module=model.lower(), model=model, name="detail" if model == app.root else model.lower())
        for model in pages
    )
    return _URLS.substitute(app=app.name, modules=", ".join(modules), first=modules[0], root=app.root, paths=paths)


def _importing(app: App, names: tuple[str, ...] = ()) -> str:
    listed = "".join(f"    {name},\n" for name in sorted(names or page_models(app)))
    return f"from {app.name}.models import (\n{listed})\n\n"
