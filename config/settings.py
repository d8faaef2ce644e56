"""The settings, read top to bottom.

Every value comes from the environment or has a default that is safe to develop with.
GIAITRINH_ENV=production demands SECRET_KEY, ALLOWED_HOSTS and DATABASE_URL. A value that cannot work is
refused by name when the process starts (`config.environment`).
"""

import os
from pathlib import Path

from config import environment
from config import ledger as ledger_settings

env = environment.with_files(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

# Where this runs

PRODUCTION = environment.choice(env, "GIAITRINH_ENV", ("development", "production")) == "production"
DEBUG = not PRODUCTION
VAR = environment.directory(env, "GIAITRINH_VAR", BASE_DIR / "var")  # everything that we write beside the database
SECRET_KEY = environment.secret_key(env, VAR, production=PRODUCTION)
ALLOWED_HOSTS = environment.hosts(env, production=PRODUCTION)
SITE_URL = environment.site_url(env, ALLOWED_HOSTS, production=PRODUCTION)
CSRF_TRUSTED_ORIGINS = environment.origins(env)

# The law and the clock

ASSUMPTIONS = environment.json_object(env, "GIAITRINH_ASSUMPTIONS")  # A1 to A23 where they differ from the defaults
SIMULATED_CLOCK_ALLOWED = not PRODUCTION  # the sample and the demonstration live past dates; an office never does

# What it is made of. Our rooms come before viewflow, so that their templates win.

PROCEDURES = environment.words(env, "GIAITRINH_PROCEDURES") or ["procedures.explanation", "procedures.complaint"]

INSTALLED_APPS = [
    *PROCEDURES,
    "workflow",
    "workflow.ledger",
    "workflow.agencies",
    "workflow.accounts",
    "notifications",
    "viewflow",
    "viewflow.workflow",
    "treebeard",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static.GatheredFiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "config.headers.isolated",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.vietnamese_first",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "workflow.accounts.middleware.watch_session",
    "workflow.accounts.middleware.demand_second_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "workflow.views.access.DenyByDefault",
    "viewflow.middleware.SiteMiddleware",
    "viewflow.middleware.HotwireTurboMiddleware",
]
VIEWFLOW = {"AUTOREGISTER": False}  # or it would put its middleware in front of request.user

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database

DATABASES = {"default": environment.database(env, VAR, production=PRODUCTION)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Work in the background. The business state is in the database alone and the next sweep makes up for a lost
# message: results are off, and a tick that nobody took within its interval expires.

CELERY_BROKER_URL = environment.broker(env)
if CELERY_BROKER_URL.startswith("filesystem://"):
    BROKER_FOLDER = environment.directory(env, "GIAITRINH_BROKER_FOLDER", VAR / "broker")
    (BROKER_FOLDER / "queue").mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "control_folder": str(BROKER_FOLDER / "control"),
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # tasks claim their rows, so one that a crash repeats does nothing twice
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "workflow.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "settle": {"task": "workflow.tasks.settle", "schedule": 60.0, "options": {"expires": 60}},
    "register_breaches": {
        "task": "workflow.tasks.register_breaches",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "register_findings": {
        "task": "workflow.tasks.register_findings",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "seal": {"task": "workflow.tasks.seal", "schedule": 60.0, "options": {"expires": 60}},
    "succeed": {"task": "workflow.agencies.tasks.succeed", "schedule": 60.0, "options": {"expires": 60}},
    "stamp": {"task": "workflow.tasks.stamp", "schedule": 900.0, "options": {"expires": 900}},
    "deliver": {"task": "notifications.tasks.deliver", "schedule": 30.0, "options": {"expires": 30}},
}

# The ledger: who signs its checkpoints, and who outside sees them.

LEDGER_KEY_FILE = ledger_settings.key_file(env, VAR, production=PRODUCTION)
LEDGER_KEY = env.get("LEDGER_KEY", "")  # the key itself in PEM, where no file can be kept
LEDGER_ORIGIN = ledger_settings.origin(env, SITE_URL)
LEDGER_WITNESSES = ledger_settings.witnesses(env)
LEDGER_TSA_URL, LEDGER_TSA_ROOTS = ledger_settings.stamps(env, production=PRODUCTION)

# E-mail

mail = environment.email(env, VAR)
EMAIL_BACKEND = mail["EMAIL_BACKEND"]
EMAIL_FILE_PATH = mail.get("EMAIL_FILE_PATH")
EMAIL_HOST = mail.get("EMAIL_HOST", "")
EMAIL_PORT = mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env.get("DEFAULT_FROM_EMAIL") or "giaitrinh@localhost"

# Text messages: none without a gateway. What it reports back counts only with the secret that we share with it.

SMS_GATEWAY_URL = environment.sms_gateway(env, production=PRODUCTION)
SMS_GATEWAY_TOKEN = environment.secret(env, "SMS_GATEWAY_TOKEN", least=8)
SMS_CALLBACK_SECRET = environment.secret(env, "SMS_CALLBACK_SECRET", least=32)
SMS_TIMEOUT = environment.seconds(env, "SMS_TIMEOUT", 10, most=30)

# People

AUTH_USER_MODEL = "workflow.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/dang-nhap/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/dang-nhap/"
CSRF_FAILURE_VIEW = "workflow.views.errors.csrf_failure"  # nothing that was typed is lost
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "title", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60  # seconds a mailed link to choose a new password is good for
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: one working day
SESSION_IDLE_SECONDS = 60 * environment.minutes(env, "SESSION_IDLE_MINUTES", 30, most=8 * 60)
INVITATION_DAYS = 7

ACCOUNT_ADAPTER = "workflow.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "workflow.accounts.forms.SignInForm",
    "change_password": "workflow.accounts.forms.ChangePasswordForm",
    "reauthenticate": "workflow.accounts.forms.ConfirmPasswordForm",
    "reset_password": "workflow.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "workflow.accounts.forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]  # what an account has; nobody signs up by themselves
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation came by mail
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Giải Trình] "
ACCOUNT_SESSION_REMEMBER = False  # the browser forgets the cookie when it closes
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_RATE_LIMITS = {
    # lockout: an account rests after five failures within a quarter of an hour, an address after fifty
    "login_failed": "50/15m/ip,5/15m/key",
    "login": "120/m/ip",
    "reset_password": "20/15m/ip,3/15m/key",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = environment.count(env, "TRUSTED_PROXIES", 1 if PRODUCTION else 0, most=5)

SECOND_FACTOR_MANDATORY = environment.second_factor(env, production=PRODUCTION)
SECOND_FACTOR_ROLES = ("head", "inspector", "administrator")
SECOND_FACTOR_KEY = environment.secret(env, "SECOND_FACTOR_KEY", least=32) or SECRET_KEY  # seals the secrets at rest
MFA_ADAPTER = "workflow.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "workflow.accounts.forms.CodeForm",
    "reauthenticate": "workflow.accounts.forms.ConfirmCodeForm",
    "activate_totp": "workflow.accounts.forms.ActivateAppForm",
    "add_webauthn": "workflow.accounts.forms.AddKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Giải Trình"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds; a step is never accepted twice
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False  # our own watch writes once a minute, not at every page

# Single sign-on (VNeID or a province's own), where a provider is named. It never makes an account by itself.

OPENID = environment.openid(env, production=PRODUCTION)
SOCIALACCOUNT_ADAPTER = "workflow.accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [OPENID] if OPENID else []}}
SOCIALACCOUNT_AUTO_SIGNUP = SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_LOGIN_ON_GET = False

# What the processes share between requests: the counters of the lockout, codes that were used

CACHES = {"default": environment.cache(env, production=PRODUCTION)}

# Language and time. Stored instants are UTC; legal days are counted in Viet Nam.

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# Files

STATIC_URL = "/static/"
STATIC_ROOT = environment.directory(env, "GIAITRINH_STATIC", VAR / "static")
MEDIA_ROOT = environment.directory(env, "GIAITRINH_MEDIA", VAR / "media")  # served by views that ask who reads
STATICFILES_STORAGE_BACKEND = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATICFILES_STORAGE_BACKEND},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
UPLOAD_MAX_BYTES = 10 * 1024 * 1024  # one file
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES  # a form without its files
FILE_UPLOAD_PERMISSIONS = 0o640

# What browsers may do with our pages: nothing but our own scripts, styles, pictures and forms.

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *environment.origin_of(OPENID)],  # a form that starts single sign-on leads there
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
if PRODUCTION:
    # A proxy ends TLS in front of us; it must set this header itself and drop the one that a client sent.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^suc-khoe/(so-do/)?$"]  # monitors ask from inside
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"  # this host's alone, over TLS alone

# What is written down about the running program (never about people: that is the case's own log)

LOG_LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.choice(env, "GIAITRINH_LOG_LEVEL", LOG_LEVELS)},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.server": {"handlers": []}},
}
