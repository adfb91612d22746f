"""Register every model that the site shows. Nothing is discovered automatically."""

from django.contrib import admin

from accounts.models import Account, Profile
from admin_site.admin.accounts import AccountAdmin
from admin_site.admin.events import EventAdmin
from admin_site.admin.profiles import ProfileAdmin
from admin_site.admin.reset_codes import ResetCodeAdmin
from admin_site.admin.sessions import SessionAdmin
from events.models import Event
from resetcodes.models import ResetCode
from sessions_app.models import Session

admin.site.register(Account, AccountAdmin)
admin.site.register(Profile, ProfileAdmin)
admin.site.register(Session, SessionAdmin)
admin.site.register(ResetCode, ResetCodeAdmin)
admin.site.register(Event, EventAdmin)
