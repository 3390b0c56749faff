//! One macro for all documents: the struct, its tolerant reading and its exact writing.

/// Defines a document.
///
/// `field: Type = "key" | "other spelling";` reads either spelling and writes the first;
/// `as Wire` reads and writes the field in another form; `with { .. }` adds methods of
/// [`Value`](crate::read::Value), for documents that also come as something else than an object.
///
/// Written by hand instead of derived because the derive fails where this service is careless:
/// it refuses a document with two spellings of one key, and takes `[]` for an empty document.
macro_rules! document {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                $field_vis:vis $field:ident : $kind:ty
                    = $key:literal $(| $alias:literal)* $(as $wire:ty)?;
            )*
        }
        $(with { $($with:tt)* })?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        #[non_exhaustive]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $kind,)*
        }

        impl $crate::read::Value for $name {
            fn from_object<'de, A: ::serde::de::MapAccess<'de>>(
                mut object: A,
            ) -> ::std::result::Result<::std::option::Option<Self>, A::Error> {
                let mut document = Self::default();
                while let Some(key) = object.next_key::<$crate::read::Key<'de>>()? {
                    match key.as_str() {
                        $($key $(| $alias)* =>
                            document!(@read document.$field, object $(, $wire)?),)*
                        _ => {
                            object.next_value::<::serde::de::IgnoredAny>()?;
                        }
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
                $crate::read::document(from, concat!("a JSON object (", stringify!($name), ")"))
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
                    document!(@write self.$field, $key, object $(, $wire)?);
                })*
                object.end()
            }
        }
    };
    (@read $document:ident . $field:ident, $object:ident) => {
        $crate::read::Field::read(&mut $document.$field, &mut $object)?
    };
    (@read $document:ident . $field:ident, $object:ident, $wire:ty) => {
        $crate::read::read_wire::<$wire, A>(&mut $document.$field, &mut $object)?
    };
    (@write $this:ident . $field:ident, $key:literal, $object:ident) => {
        $object.serialize_entry($key, &$crate::read::Written(&$this.$field))?
    };
    (@write $this:ident . $field:ident, $key:literal, $object:ident, $wire:ty) => {
        $object.serialize_entry($key, &$crate::read::write_wire::<$wire>(&$this.$field))?
    };
}

/// Makes a document usable as a field that is always there, empty instead of absent.
macro_rules! always_there {
    ($name:ident) => {
        impl $crate::read::Field for $name {
            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                &mut self,
                object: &mut A,
            ) -> ::std::result::Result<(), A::Error> {
                if let Some(value) = object.next_value::<$crate::read::Maybe<Self>>()?.0 {
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
