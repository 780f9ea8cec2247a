/** From YAML to the settings records of each package, every problem with its place in the file. */
@NullMarked
package io.zrepl.config;

import org.jspecify.annotations.NullMarked;
