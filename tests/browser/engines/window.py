#!/usr/bin/python3
"""A bare WebKitGTK window that WebKitWebDriver steers.

In place of MiniBrowser, since this one keeps its storage in a folder that lasts, can be 360 pixels wide, and writes the page's console to a file.
"""

import os
import pathlib

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

profile = pathlib.Path(os.environ["JOURNEY_PROFILE"])
log = open(os.environ["JOURNEY_LOG"], "a", buffering=1)
os.dup2(log.fileno(), 1)
os.dup2(log.fileno(), 2)

data = WebKit2.WebsiteDataManager(base_data_directory=str(profile / "data"), base_cache_directory=str(profile / "cache"))
proxy = WebKit2.NetworkProxySettings.new(os.environ["JOURNEY_PROXY"], ["localhost", "127.0.0.1"])
data.set_network_proxy_settings(WebKit2.NetworkProxyMode.CUSTOM, proxy)
context = WebKit2.WebContext.new_with_website_data_manager(data)
context.set_automation_allowed(True)
settings = WebKit2.Settings()
settings.set_enable_write_console_messages_to_stdout(True)
settings.set_enable_webgl(True)


def download(_context, started):
    def decide(one, name):
        one.set_destination("file://" + os.path.join(os.environ["JOURNEY_DOWNLOADS"], name))
        return True

    started.connect("decide-destination", decide)


def view(*_):
    window = Gtk.Window()
    window.set_default_size(1280, 900)
    shown = WebKit2.WebView(web_context=context, is_controlled_by_automation=True, settings=settings)
    shown.connect("web-process-terminated", lambda _view, why: print("web process terminated", why, flush=True))
    window.add(shown)
    window.show_all()
    shown.grab_focus()
    return shown


def started(_context, session):
    about = WebKit2.ApplicationInfo()
    about.set_name("journeys")
    about.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    session.set_application_info(about)
    session.connect("create-web-view", view)


context.connect("download-started", download)
context.connect("automation-started", started)
Gtk.main()
