//! Answers of the Catalog: objects by their ids.

/// Defines a map from ids to documents, which passes over entries that are none.
macro_rules! by_id {
    ($(#[$meta:meta])* $vis:vis struct $name:ident($id:ident => $document:ident);) => {
        $(#[$meta])*
        ///
        /// Reading passes over what is no entry: a `null`, a list (such as `_links`), an empty id.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        $vis struct $name(::std::collections::BTreeMap<$id, $document>);

        impl ::std::ops::Deref for $name {
            type Target = ::std::collections::BTreeMap<$id, $document>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl ::std::convert::From<::std::collections::BTreeMap<$id, $document>> for $name {
            fn from(map: ::std::collections::BTreeMap<$id, $document>) -> Self {
                Self(map)
            }
        }

        impl ::std::iter::IntoIterator for $name {
            type Item = ($id, $document);
            type IntoIter = ::std::collections::btree_map::IntoIter<$id, $document>;

            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<'a> ::std::iter::IntoIterator for &'a $name {
            type Item = (&'a $id, &'a $document);
            type IntoIter = ::std::collections::btree_map::Iter<'a, $id, $document>;

            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }

        impl $crate::read::Value for $name {
            const KIND: $crate::read::Kind = $crate::read::Kind::Object;

            fn from_object<'de, A: ::serde::de::MapAccess<'de>>(
                object: $crate::read::Object<'_, 'de, A>,
            ) -> ::std::result::Result<::std::option::Option<Self>, A::Error> {
                let map: ::std::option::Option<::std::collections::BTreeMap<$id, $document>> =
                    $crate::read::Value::from_object(object)?;
                Ok(map.map(|mut map| {
                    map.retain(|id, _| !id.as_str().is_empty());
                    Self(map)
                }))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::read::document(from, concat!("a JSON object (", stringify!($name), ")"))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.0, to)
            }
        }
    };
}

pub(crate) use by_id;
