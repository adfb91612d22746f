"""What the site shows, and by what."""

from django.contrib import admin

from accounts.models import Account
from admin_site.admin.accounts import Accounts
from admin_site.admin.sessions import LISTS

admin.site.register(Account, Accounts)
for model, model_admin in LISTS.items():
    admin.site.register(model, model_admin)
