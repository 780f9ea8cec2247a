/**
 * YAML as this program reads it: nodes with their place in the file, YAML 1.1 scalars, and problems
 * that show the line they are about. Knows no configuration key.
 */
@NullMarked
package io.zrepl.config.yaml;

import org.jspecify.annotations.NullMarked;
