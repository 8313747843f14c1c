"""Small closed vocabularies that tell one meaning of a word from another."""

# words and letters that nothing but a gender is written with
CORE_GENDERS = frozenset(
    "m f male female man woman men women männlich weiblich homme femme masculin féminin feminin hombre mujer masculino femenino feminino uomo donna maschio femmina vrouw kvinna kvinne kvinde mies nainen mężczyzna kobieta muž žena férfi nő erkek kad\u0131n мужской женский мужчина женщина муж жен м ж 男 女 男性 女性 ذكر أنثى laki-laki perempuan pria wanita nam nữ ชาย หญิง זכר נקבה 남 여 남자 여자 남성 여성 чоловік жінка мъж жена мушки женски muški ženski moški ženska vyras moteris vīrietis sieviete mees naine άρρεν θήλυ पुरुष महिला w k".split()  # noqa: SIM905 - a list reads best as a line
)  # fmt: skip
# states of a process, which columns called `state` hold as often as states of a country
PROCESS = frozenset(
    "active inactive open closed pending new done complete completed failed running stopped draft approved rejected cancelled canceled paid shipped delivered enabled disabled started finished processing success error queued ready waiting".split()  # noqa: SIM905 - a list reads best as a line
)  # fmt: skip
# sales areas and points of the compass, which `region` holds as often as regions
COMPASS = frozenset(
    "north south east west northeast northwest southeast southwest northern southern eastern western central midwest emea apac amer latam na eu global midwestern us row".split()  # noqa: SIM905 - a list reads best as a line
)  # fmt: skip
# words of datasets in which an account is one at a bank
BANKING = frozenset(
    "bank banks account accounts payment payments trans transaction transactions txn transfer transfers loan loans payroll ledger konten konto cuentas comptes conti".split()  # noqa: SIM905 - a list reads best as a line
)  # fmt: skip
# who a record was made by, where nobody made it
MACHINES = frozenset(
    "system web import api batch auto automatic manual mobile app online pos portal interface migration script scheduler robot bot internal external default test unknown cron sync job service worker server erp crm edi ivr kiosk partner website email sistema systeme import export".split()  # noqa: SIM905 - a list reads best as a line
)  # fmt: skip
