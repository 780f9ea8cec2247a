package io.zrepl.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between the packages, as docs/dev/architecture.md draws them. */
class LayoutTest {
  private static final String ROOT = "io.zrepl.";

  /** Package to the packages it may import, besides itself, {@code model} and {@code base}. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("base", Set.of()),
          Map.entry("model", Set.of()),
          Map.entry("zfs", Set.of()),
          Map.entry("transport", Set.of()),
          Map.entry("endpoint", Set.of()),
          Map.entry("control", Set.of()),
          Map.entry("logging", Set.of()),
          Map.entry("monitoring", Set.of()),
          Map.entry("endpoint.local", Set.of("endpoint", "zfs")),
          Map.entry("rpc", Set.of("endpoint", "transport")),
          Map.entry("snapshot", Set.of("zfs", "snapshot.hook")),
          Map.entry("snapshot.hook", Set.of("zfs")),
          Map.entry("replicate", Set.of("endpoint")),
          Map.entry("prune", Set.of("endpoint")),
          Map.entry(
              "job",
              Set.of(
                  "snapshot",
                  "snapshot.hook",
                  "replicate",
                  "prune",
                  "endpoint",
                  "endpoint.local",
                  "rpc",
                  "transport",
                  "zfs")),
          Map.entry(
              "config",
              Set.of(
                  "job",
                  "snapshot",
                  "snapshot.hook",
                  "replicate",
                  "prune",
                  "endpoint",
                  "endpoint.local",
                  "transport",
                  "logging",
                  "monitoring",
                  "zfs")),
          Map.entry(
              "daemon",
              Set.of(
                  "config",
                  "control",
                  "job",
                  "logging",
                  "monitoring",
                  "zfs",
                  "snapshot",
                  "snapshot.hook",
                  "replicate",
                  "prune",
                  "endpoint",
                  "transport")),
          Map.entry("cli.status", Set.of("control")),
          Map.entry(
              "cli",
              Set.of(
                  "cli.status",
                  "daemon",
                  "control",
                  "config",
                  "transport",
                  "zfs",
                  "job",
                  "snapshot",
                  "prune",
                  "endpoint.local")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.zrepl");

  static Stream<String> packages() {
    return ARROWS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void packageImportsOnlyAlongItsArrows(String name) {
    Set<String> allowed = new TreeSet<>(ARROWS.getOrDefault(name, Set.of()));
    allowed.add(name);
    if (!name.equals("base")) {
      allowed.add("base");
      allowed.add("model");
    }
    noClasses()
        .that(belongTo(List.of(name)))
        .should()
        .dependOnClassesThat(belongTo(forbiddenFor(allowed)))
        .as(name + " imports only " + allowed)
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void everyClassBelongsToAPackageOfTheLayout() {
    Set<String> strangers = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      if (ARROWS.keySet().stream().noneMatch(name -> owner(type).equals(name))) {
        strangers.add(type.getName());
      }
    }
    assertThat(strangers).isEmpty();
  }

  @Test
  void processesAreOnlyStartedForZfsHooksSshAndTheTerminal() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.zrepl.zfs..", "io.zrepl.snapshot.hook..")
        .and()
        .doNotHaveFullyQualifiedName("io.zrepl.transport.SshProcess")
        .and()
        .doNotHaveFullyQualifiedName("io.zrepl.cli.status.Terminal")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ProcessBuilder.class)
        .orShould()
        .callMethodWhere(
            JavaCall.Predicates.target(
                    HasOwner.Predicates.With.owner(JavaClass.Predicates.type(Runtime.class)))
                .and(JavaCall.Predicates.target(HasName.Predicates.name("exec"))))
        .check(CLASSES);
  }

  @Test
  void onlyTheConfigPackageKnowsTheYamlLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.zrepl.config..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.snakeyaml..")
        .check(CLASSES);
  }

  @Test
  void clientCommandsNeedNoServerAndNoLogging() {
    noClasses()
        .that()
        .resideInAnyPackage("io.zrepl.control..", "io.zrepl.config..", "io.zrepl.model..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.helidon..", "ch.qos.logback..", "io.grpc..", "com.google.protobuf..")
        .check(CLASSES);
  }

  @Test
  void onlyTheRpcPackageKnowsItsLibraries() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.zrepl.rpc..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "com.google.common..")
        .check(CLASSES);
  }

  private static List<String> forbiddenFor(Set<String> allowed) {
    return ARROWS.keySet().stream().filter(name -> !allowed.contains(name)).toList();
  }

  private static DescribedPredicate<JavaClass> belongTo(List<String> names) {
    return DescribedPredicate.describe("belong to " + names, type -> names.contains(owner(type)));
  }

  /** The package of the layout to which a class belongs: the longest that contains it. */
  private static String owner(JavaClass type) {
    String name = type.getPackageName();
    if (!name.startsWith(ROOT)) {
      return "";
    }
    String relative = name.substring(ROOT.length());
    return ARROWS.keySet().stream()
        .filter(candidate -> relative.equals(candidate) || relative.startsWith(candidate + "."))
        .max((a, b) -> Integer.compare(a.length(), b.length()))
        .orElse(relative);
  }

  @Test
  void arrowsNameOnlyPackagesOfTheLayout() {
    assertThat(ARROWS.keySet())
        .containsAll(ARROWS.values().stream().flatMap(Set::stream).distinct().toList());
  }
}
