//! What holds for every hierarchy and every group.
