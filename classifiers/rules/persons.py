"""What describes a person in few words: gender, marital status, blood type, and the like. Vocabularies as patterns."""

import re

from classifiers.rules.rule import Grade, Rule

ICD = re.compile(r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-TV-Z]{1,4})?")

RULES = (
    Rule("gender_word", "GENDER",
         r"(?i)male|female|man|woman|mann|frau|mannlich|männlich|weiblich|divers|homme|femme|masculin|féminin|feminin|hombre|mujer|masculino|feminino|femenino|varon|varón|uomo|donna|maschio|femmina|maschile|femminile|man|vrouw|kvinna|kvinne|kvinde|mand|mies|nainen|mezczyzna|mężczyzna|kobieta|muz|muž|zena|žena|ferfi|férfi|no|nő|erkek|kadin|kadın|barbat|bărbat|femeie|мужской|женский|мужчина|женщина|муж|жен|м|ж|男|女|男性|女性|ذكر|أنثى|άνδρας|γυναίκα|non-binary|nonbinary|transgender|genderqueer|intersex|male-to-female|laki-laki|perempuan|pria|wanita|lelaki|nam|nữ|nu|ชาย|หญิง|זכר|נקבה|ז|נ|남|여|남자|여자|남성|여성|чоловік|жінка|чоловіча|жіноча|мъж|жена|мушки|женски|мушко|женско|muški|ženski|muski|zenski|muško|žensko|moški|ženska|moski|zenska|vyras|moteris|vīrietis|sieviete|mees|naine|mashkull|femër|karl|kona|mann|kvinna|αρρεν|θηλυ|άρρεν|θήλυ|ανδρας|γυναικα|पुरुष|महिला|स्त्री|mwanamke|mwanaume|other|unknown|prefer not to say|not specified|unspecified|genderfluid|agender|bigender|polygender",  # noqa: RUF001 - as people write it
         Grade.FORMAT, examples=("Female", "männlich", "女", "non-binary"), counterexamples=("mail", "Anna")),
    Rule("gender_letter", "GENDER", r"(?i)[MFWDXUNOHVKELPZSTČČŽТМЖЧЗΑΘ]|0|1|2|9|mr|ms|mrs|miss|mx|herr|frau|mme|mlle|sra?|srta|sig|sig\.ra|8507|8532|8551", Grade.SHAPE, examples=("M", "f", "1", "Mrs"), counterexamples=("A", "10")),  # noqa: RUF001 - as people write it
    Rule("gender_mf", "GENDER", r"[MF]|[mf]", Grade.FORMAT, examples=("M", "F"), counterexamples=("X", "male")),
    Rule("blood", "MEDICAL", r"(?i)(?:A|B|AB|O|0)\s?(?:[+-]|pos(?:itive?)?|neg(?:ative?)?|rh[+-])|(?:A|B|AB|O) (?:rh )?(?:positive|negative)", Grade.FORMAT,
         examples=("A+", "O-", "AB positive"), counterexamples=("A", "B2")),
    Rule("icd", "MEDICAL", r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-TV-Z]{1,4})", Grade.FORMAT, examples=("E11.9", "S52.501A"), counterexamples=("A1", "U99")),
    Rule("icd_shape", "MEDICAL", r"[A-TV-Z]\d[0-9AB](?:\.?[0-9A-TV-Z]{0,4})|\d{3}\.\d{1,2}|[EV]\d{2,3}(?:\.\d{1,2})?|\d{6,18}", Grade.SHAPE, examples=("E119", "250.00"), counterexamples=("yes",)),
    Rule("marital", "MARITAL_STATUS", r"(?i)single|married|divorced|widow(?:ed|er)?|separated|domestic partner(?:ship)?|civil union|never[ -]married|unmarried|cohabiting|engaged|ledig|verheiratet|geschieden|verwitwet|célibataire|celibataire|marié(?:e)?|marie|divorcé(?:e)?|veuf|veuve|soltero|soltera|casado|casada|divorciado|divorciada|viudo|viuda|solteiro|solteira|viúvo|viúva|celibe|nubile|coniugato|coniugata|sposato|vedovo|[SMDWU]", Grade.SHAPE,
         examples=("Married", "ledig", "S"), counterexamples=("complete",)),
    Rule("religion", "RELIGION", r"(?i)christian(?:ity)?|catholic|roman catholic|protestant(?: quaker)?|orthodox|muslim|islam|hindu(?:ism)?|buddhis[tm]|jewish|judaism|sikh(?:ism)?|jain|atheist|agnostic|baptist|methodist|lutheran|anglican|evangelical|evangelisch|katholisch|römisch-katholisch|mormon|jehovah'?s witness|none|other", Grade.SHAPE,
         examples=("Catholic", "Sikh"), counterexamples=("rock",)),
    Rule("ethnicity", "ETHNICITY", r"(?i)white|black|asian|hispanic|latino|latina|latinx|caucasian|african[ -]american|black or african american|native american|american indian(?: or alaska native)?|pacific islander|native hawaiian(?: or other pacific islander)?|mixed|multiracial|two or more races|non-?hispanic|hispanic or latino|other|unknown|parda|preta|branca|amarela|indígena|white british", Grade.SHAPE,
         examples=("White", "African American"), counterexamples=("green",)),
    Rule("age", "AGE", r"(?:1[01]\d|[1-9]?\d)(?:\.0)?", Grade.SHAPE, examples=("42", "7"), counterexamples=("200", "ten")),
    Rule("handle", "USERNAME", r"@?[\p{L}\p{N}][\p{L}\p{N}._+-]+|@[\w.]+|[\w.-]+\\[\w.$-]+", Grade.SHAPE,
         accept=lambda text: not text.isdigit() and len(text) <= 40 and text.count("-") < 4,
         examples=("mjones", "bo.berg", "anna_k92", "@bo"), counterexamples=("two words", "12345")),
    Rule("birth_number", "DATE_OF_BIRTH", r"\d{6}", Grade.SHAPE,
         accept=lambda text: 1 <= int(text[2:4]) % 50 <= 12 and 1 <= int(text[4:]) <= 31,
         examples=("706213", "850130"), counterexamples=("709999",)),
    Rule("birth_form", "DATE_OF_BIRTH", r"(?:0?[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d|\d{1,2}[/.-](?:19|20)\d\d|(?:19|20)\d\d[/.-]\d{1,2}|\d{1,2} \d{1,2} \d{4}|(?:\d{1,2}\.?[ -])?(?:de )?\p{L}{3,12}\.?,?[ -](?:de )?(?:\d{4}|\d\d)|(?:明治|大正|昭和|平成|令和|[MTSHR])\.?\d{1,2}[年./-]\d{1,2}[月./-]\d{1,2}日?|(?:[*xX#]{1,4}[-/.]){1,2}\d{2,4}|\d{1,4}(?:[-/.][*xX#]{1,4}){1,2}|-?\d{4,13}", Grade.SHAPE,
         examples=("05041980", "04/1980", "1980-04", "5. března 1980", "5 de abril de 1980", "昭和55年4月5日", "S55.4.5", "**/**/1980", "29316", "-631152000"), counterexamples=("yes", "born", "1.5", "12")),
    Rule("year", "DATE", r"(?:18|19|20)\d{2}", Grade.SHAPE, examples=("1984",), counterexamples=("3050", "84")),
)  # fmt: skip
