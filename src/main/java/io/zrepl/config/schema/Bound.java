package io.zrepl.config.schema;

/**
 * What a YAML value was read as.
 *
 * @param value the value for the program
 * @param plain the same as plain data, with all defaults filled in: a {@link String}, {@link
 *     Boolean}, {@link Integer}, {@code List} or {@code Map<String, …>} of such. Written as YAML
 *     and read again it gives an equal value
 */
public record Bound<T>(T value, Object plain) {}
