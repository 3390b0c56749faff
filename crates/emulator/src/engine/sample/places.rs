//! Who the invented people are and where they live. Names are common ones of each language; no
//! real person is meant.

/// One country's names, written the local way and, for e-mail addresses, in plain letters.
pub(super) struct Place {
    pub(super) country: &'static str,
    pub(super) country_code: &'static str,
    pub(super) language: &'static str,
    pub(super) cities: &'static [&'static str],
    pub(super) first_names: &'static [Name],
    pub(super) last_names: &'static [Name],
}

/// A name as people write it, and as an e-mail address can.
pub(super) struct Name {
    pub(super) written: &'static str,
    pub(super) plain: &'static str,
}

const fn name(written: &'static str, plain: &'static str) -> Name {
    Name { written, plain }
}

pub(super) const PLACES: [Place; 6] = [
    Place {
        country: "United States",
        country_code: "US",
        language: "en-US",
        cities: &["Portland", "Austin", "Madison", "Tucson", "Albany"],
        first_names: &[
            name("Grace", "grace"),
            name("Walter", "walter"),
            name("Denise", "denise"),
            name("Marcus", "marcus"),
            name("Sean", "sean"),
            name("Ruth", "ruth"),
        ],
        last_names: &[
            name("Porter", "porter"),
            name("O'Neil", "oneil"),
            name("Hughes", "hughes"),
            name("Bennett", "bennett"),
            name("Whitfield", "whitfield"),
        ],
    },
    Place {
        country: "日本",
        country_code: "JP",
        language: "ja-JP",
        cities: &["札幌市", "金沢市", "松山市", "那覇市"],
        first_names: &[
            name("陽子", "yoko"),
            name("健一", "kenichi"),
            name("さくら", "sakura"),
            name("大輔", "daisuke"),
        ],
        last_names: &[
            name("佐藤", "sato"),
            name("高橋", "takahashi"),
            name("渡辺", "watanabe"),
            name("小林", "kobayashi"),
        ],
    },
    Place {
        country: "中国",
        country_code: "CN",
        language: "zh-CN",
        cities: &["成都市", "杭州市", "西安市", "青岛市"],
        first_names: &[
            name("秀英", "xiuying"),
            name("伟", "wei"),
            name("丽华", "lihua"),
            name("建国", "jianguo"),
        ],
        last_names: &[
            name("王", "wang"),
            name("李", "li"),
            name("欧阳", "ouyang"),
            name("陈", "chen"),
        ],
    },
    Place {
        country: "Deutschland",
        country_code: "DE",
        language: "de-DE",
        cities: &["Würzburg", "Kiel", "Görlitz", "Trier"],
        first_names: &[
            name("Jürgen", "juergen"),
            name("Heike", "heike"),
            name("Sören", "soeren"),
            name("Anja", "anja"),
        ],
        last_names: &[
            name("Weiß", "weiss"),
            name("Krüger", "krueger"),
            name("Vogel", "vogel"),
            name("Brandt", "brandt"),
        ],
    },
    Place {
        country: "Brasil",
        country_code: "BR",
        language: "pt-BR",
        cities: &["São Luís", "Curitiba", "Belém", "Maceió"],
        first_names: &[
            name("João", "joao"),
            name("Conceição", "conceicao"),
            name("Tiago", "tiago"),
            name("Luíza", "luiza"),
        ],
        last_names: &[
            name("Araújo", "araujo"),
            name("Nogueira", "nogueira"),
            name("Simões", "simoes"),
            name("Prado", "prado"),
        ],
    },
    Place {
        country: "مصر",
        country_code: "EG",
        language: "ar-EG",
        cities: &["أسوان", "الفيوم", "دمياط"],
        first_names: &[name("ليلى", "layla"), name("كريم", "karim"), name("منى", "mona")],
        last_names: &[name("منصور", "mansour"), name("حداد", "haddad"), name("سليمان", "soliman")],
    },
];
