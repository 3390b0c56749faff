//! One macro for all documents: the struct, its tolerant reading and its exact writing.

/// Defines a document.
///
/// `field: Type = "key" | "other spelling";` reads either spelling and writes the first;
/// `as Wire` reads and writes the field in another form, `from Form` only reads it in another.
/// `with { .. }` adds methods of [`Value`](crate::read::Value), for documents that also come as
/// something else than an object; `keeps field` adds a field with what was left out in reading.
///
/// A `struct` read on its own is an object or an error. A `part` is found within other documents,
/// which somebody else may have defined: it takes any value, and is empty if it makes no sense.
///
/// Written by hand instead of derived because the derive fails where this service is careless:
/// it refuses a document with two spellings of one key, and takes `[]` for an empty document.
macro_rules! document {
    (
        $(#[$meta:meta])*
        $vis:vis $shape:ident $name:ident {
            $(
                $(#[$field_meta:meta])*
                $field_vis:vis $field:ident : $kind:ty
                    = $key:literal $(| $alias:literal)* $(as $wire:ident)? $(from $form:ident)?;
            )*
        }
        $(with { $($with:tt)* })?
        $(keeps $left_out:ident)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $kind,)*
            $(#[cfg_attr(feature = "schema", schemars(skip))] $left_out: $crate::read::LeftOut,)?
        }

        impl $crate::read::Value for $name {
            const KIND: $crate::read::Kind = $crate::read::Kind::Object;

            fn from_object<'de, A: ::serde::de::MapAccess<'de>>(
                mut object: $crate::read::Object<'_, 'de, A>,
            ) -> ::std::result::Result<::std::option::Option<Self>, A::Error> {
                let mut document = Self::default();
                while let Some(key) = object.next_key()? {
                    match key.as_str() {
                        $($key $(| $alias)* => {
                            if !$crate::read::Field::is_absent(&document.$field) {
                                object.repeated(&key);
                            }
                            document!(@read (document.$field, &key, object)
                                $(as $wire)? $(from $form)?);
                        })*
                        _ => object.skip_value(&key)?,
                    }
                }
                Ok(Some(document))
            }

            fn is_blank(&self) -> bool {
                true $(&& $crate::read::Field::is_absent(&self.$field))*
            }

            $($($with)*)?
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                document!(@whole $shape $name from $(keeps $left_out)?)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let present = 0 $(+ usize::from(!$crate::read::Field::is_absent(&self.$field)))*;
                let mut object = to.serialize_map(Some(present))?;
                $(if !$crate::read::Field::is_absent(&self.$field) {
                    document!(@write (self.$field, $key, object) $(as $wire)?);
                })*
                object.end()
            }
        }
    };
    (@whole struct $name:ident $from:ident) => {
        $crate::read::document($from, concat!("a JSON object (", stringify!($name), ")"))
    };
    (@whole struct $name:ident $from:ident keeps $left_out:ident) => {{
        let mut notes = $crate::read::Notes::taken();
        let expected = concat!("a JSON object (", stringify!($name), ")");
        let document: Self = $crate::read::noted_document($from, expected, &mut notes)?;
        Ok(Self { $left_out: notes.left_out(), ..document })
    }};
    (@whole part $name:ident $from:ident) => {
        $crate::read::part($from)
    };
    (@read ($document:ident . $field:ident, $key:expr, $object:ident)) => {
        $crate::read::Field::read(&mut $document.$field, $key, &mut $object)?
    };
    (@read ($document:ident . $field:ident, $key:expr, $object:ident) $_how:tt $form:ident) => {
        $crate::read::read_form::<$form, A>(&mut $document.$field, $key, &mut $object)?
    };
    (@write ($this:ident . $field:ident, $key:literal, $object:ident)) => {
        $object.serialize_entry($key, &$crate::read::Written(&$this.$field))?
    };
    (@write ($this:ident . $field:ident, $key:literal, $object:ident) as $wire:ident) => {
        $object.serialize_entry($key, &$crate::read::write_wire::<$wire>(&$this.$field))?
    };
}

/// Makes a document usable as a field that is always there, empty instead of absent.
macro_rules! always_there {
    ($name:ident) => {
        impl $crate::read::Field for $name {
            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                &mut self,
                key: &$crate::read::Key<'de>,
                object: &mut $crate::read::Object<'_, 'de, A>,
            ) -> ::std::result::Result<(), A::Error> {
                if let Some(value) = object.value(key)? {
                    *self = value;
                }
                Ok(())
            }

            fn is_absent(&self) -> bool {
                $crate::read::Value::is_blank(self)
            }

            fn write<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(self, to)
            }
        }
    };
}

pub(crate) use {always_there, document};
