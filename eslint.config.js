import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

/** What CONTRIBUTING.md asks of code and a machine can see. */
export default defineConfig(
  // The kernels are AssemblyScript: another language with the same syntax; prettier still lays them out.
  globalIgnores(["dist/", "output/", "kernels/", "models/", "training/**/work/", ".weights2ts/", "coverage/"]),
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { "no-console": "error", "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx", "hack"] }] },
  },
  {
    files: ["**/*.ts"],
    extends: [typescript.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: "./test/tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-eval": "error",
      "prefer-const": "error",
      // A type parameter used once still lets the caller name the type of its items.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // `array[i] as number` is how noUncheckedIndexedAccess is answered where the bounds are known.
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // Numbers in messages need no ceremony.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  { files: ["src/cli/**", "bench/**", "scripts/**", "training/**"], rules: { "no-console": "off" } },
  {
    // Tests say what they know: fixtures are parsed and shapes are asserted as they go.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-misused-spread": "off",
      // Emitted code is run to see what it does.
      "@typescript-eslint/no-implied-eval": "off",
      "@typescript-eslint/no-unsafe-call": "off",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", { name: "Date", message: "Nothing in the output may depend on the clock." }],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Take a seeded generator as an argument." },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/cli/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='process'][property.name=/^(argv|exit|exitCode|stdout|stderr)$/]",
          message: "Only src/cli prints, reads argv or exits.",
        },
      ],
    },
  },
);
