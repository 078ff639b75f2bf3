//! What the builders of tools, prompts and resources have in common.

/// The methods that say how something is listed.
macro_rules! described {
    ($description:literal) => {
        /// Says what people call it.
        #[must_use]
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.spec.title = Some(title.into());
            self
        }

        #[doc = $description]
        #[must_use]
        pub fn description(mut self, description: impl Into<String>) -> Self {
            self.spec.description = description.into().into();
            self
        }

        /// Adds a picture.
        #[must_use]
        pub fn icon(mut self, icon: crate::mcp::Icon) -> Self {
            self.spec.icons.push(icon);
            self
        }
    };
}
pub(super) use described;
