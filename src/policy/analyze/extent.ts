/** How much of a cluster a set holds. What an API server keeps it has checked: the versions and fields of these objects are not judged again. */
export interface Extent {
  /** Every namespace of the cluster; undefined where only some of them are watched. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** Those of which the set holds all objects of its kinds. */
  readonly whole: ReadonlySet<string>;
  /** The kinds that the set would hold, as `group/Kind`: that there is no object of another kind proves nothing. */
  readonly kinds: ReadonlySet<string>;
}
