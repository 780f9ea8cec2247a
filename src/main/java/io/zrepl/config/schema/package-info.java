/**
 * Declared shapes of YAML values. One declaration (key, kind, default, meaning) serves the reading,
 * the error messages, the dump of the effective configuration and the check of the documentation.
 */
@NullMarked
package io.zrepl.config.schema;

import org.jspecify.annotations.NullMarked;
