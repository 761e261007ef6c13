/**
 * The order of the packages, lowest first: each row names the packages that its sources may import.
 * A row names only rows above it, which is why no two packages can depend on each other. A new
 * package gets its row here, at the place where a reader should meet it.
 */
export type Order = Readonly<Record<string, readonly string[]>>;

export const packageOrder: Order = {
  "@mt/operators": [],
  "@mt/autodiff": ["@mt/operators"],
  "@mt/backend": ["@mt/operators"],
  "@mt/tensor": ["@mt/operators", "@mt/autodiff", "@mt/backend"],
  "@mt/backend-cpu-threads": ["@mt/operators", "@mt/backend"],
  "@mt/backend-webgpu": ["@mt/operators", "@mt/backend"],
  "@mt/nn": ["@mt/operators", "@mt/tensor"],
  "@mt/datasets": ["@mt/operators"],
  minitorch: [
    "@mt/operators",
    "@mt/autodiff",
    "@mt/backend",
    "@mt/backend-cpu-threads",
    "@mt/backend-webgpu",
    "@mt/tensor",
    "@mt/nn",
    "@mt/datasets",
  ],
};
