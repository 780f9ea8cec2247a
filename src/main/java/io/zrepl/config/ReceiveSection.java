package io.zrepl.config;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.base.InvalidValueException;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.MapKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.config.schema.Words;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.model.PropertyName;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.PlaceholderEncryption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code recv}. */
final class ReceiveSection extends Section<ReceiveOptions> {
  private final Field<Properties> properties =
      withDefaults("properties", new PropertiesSection(), "What becomes of properties.");
  private final Field<Optional<BandwidthLimit>> bandwidthLimit =
      withDefaults(
          "bandwidth_limit",
          new BandwidthSection(),
          "How fast the job receives; see [send](send.md).");
  private final Field<PlaceholderEncryption> placeholder =
      withDefaults("placeholder", new PlaceholderSection(), "How missing parents are created.");

  ReceiveSection() {
    super("recv", "How a job receives.");
  }

  @Override
  protected ReceiveOptions build(Values values) {
    Properties what = values.get(properties);
    return new ReceiveOptions(
        values.get(placeholder), what.inherit(), what.override(), values.get(bandwidthLimit));
  }

  /** What becomes of properties. */
  private record Properties(List<PropertyName> inherit, Map<PropertyName, String> override) {}

  private static final class PropertiesSection extends Section<Properties> {
    private static final Kind<Map<PropertyName, String>> VALUES =
        new MapKind<>(
            "mapping of property names to values",
            ConfigurationKinds.TEXT,
            PropertiesSection::check,
            PropertiesSection::named,
            "{canmount: \"off\"}");

    private final Field<List<PropertyName>> inherit =
        optional(
            "inherit",
            ListKind.of("property names", ConfigurationKinds.PROPERTY),
            "[]",
            "`-x`: received values of these do not count; they are inherited from the parent, or have their default.");
    private final Field<Map<PropertyName, String>> override =
        optional("override", VALUES, "{}", "`-o`: local values that these get.");

    PropertiesSection() {
      super("recv properties", "Options `-x` and `-o` of zfs-receive(8).");
    }

    @Override
    protected Properties build(Values values) {
      return new Properties(values.get(inherit), values.get(override));
    }

    private static Optional<String> check(String name, String value) throws InvalidValueException {
      if (PropertyName.parse(name).equals(PropertyName.of(Placeholder.PROPERTY))) {
        throw new InvalidValueException(
            "zrepl itself keeps this property: what it marks may be replaced by what is received");
      }
      if (value.indexOf('\0') >= 0) {
        throw new InvalidValueException("the value has a character that no property can have");
      }
      return Optional.empty();
    }

    private static Map<PropertyName, String> named(Map<String, String> values) {
      Map<PropertyName, String> named = new LinkedHashMap<>();
      values.forEach((name, value) -> named.put(PropertyName.of(name), value));
      return named;
    }
  }

  private static final class PlaceholderSection extends Section<PlaceholderEncryption> {
    private final Field<PlaceholderEncryption> encryption =
        optional(
            "encryption",
            Words.<PlaceholderEncryption>named("placeholder encryption")
                .word("unspecified", PlaceholderEncryption.UNSPECIFIED)
                .word("inherit", PlaceholderEncryption.INHERIT)
                .word("off", PlaceholderEncryption.OFF)
                .kind(),
            "unspecified",
            "How a placeholder gets its encryption. `unspecified` refuses to create one, except for a client's own root.");

    PlaceholderSection() {
      super("recv placeholder", "Datasets created because a received one needs a parent.");
    }

    @Override
    protected PlaceholderEncryption build(Values values) {
      return values.get(encryption);
    }
  }
}
