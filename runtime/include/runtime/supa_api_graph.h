/// Runtime API: capture and graphs.
///
/// Captures and graphs are not supported yet: the calls that begin, make or run one report
/// supaErrorNotSupported. The three queries tell the truth, that no stream is capturing.
#ifndef SUPA_RUNTIME_API_GRAPH_H_
#define SUPA_RUNTIME_API_GRAPH_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Stores the state of the stream's capture.
supaError_t supaStreamIsCapturing(supaStream_t stream, enum supaStreamCaptureStatus* status);
/// As above; all pointers after `status` may be null.
supaError_t supaStreamGetCaptureInfo(supaStream_t stream, enum supaStreamCaptureStatus* status,
                                     unsigned long long* id OPENSUPA_DEFAULT(NULL),
                                     supaGraph_t* graph OPENSUPA_DEFAULT(NULL),
                                     const supaGraphNode_t** dependencies OPENSUPA_DEFAULT(NULL),
                                     size_t* num_dependencies OPENSUPA_DEFAULT(NULL));
/// Swaps the thread's capture mode with `*mode`.
supaError_t supaThreadExchangeStreamCaptureMode(enum supaStreamCaptureMode* mode);

supaError_t supaStreamBeginCapture(supaStream_t stream, enum supaStreamCaptureMode mode);
supaError_t supaStreamEndCapture(supaStream_t stream, supaGraph_t* graph);
supaError_t supaStreamUpdateCaptureDependencies(supaStream_t stream, supaGraphNode_t* dependencies,
                                                size_t num_dependencies,
                                                unsigned int flags OPENSUPA_DEFAULT(0));

supaError_t supaGraphCreate(supaGraph_t* graph, unsigned int flags);
supaError_t supaGraphDestroy(supaGraph_t graph);
supaError_t supaGraphClone(supaGraph_t* clone, supaGraph_t original);
supaError_t supaGraphAddKernelNode(supaGraphNode_t* node, supaGraph_t graph,
                                   const supaGraphNode_t* dependencies, size_t num_dependencies,
                                   const struct supaKernelNodeParams* params);
supaError_t supaGraphKernelNodeGetParams(supaGraphNode_t node, struct supaKernelNodeParams* params);
supaError_t supaGraphKernelNodeSetParams(supaGraphNode_t node,
                                         const struct supaKernelNodeParams* params);
supaError_t supaGraphAddMemcpyNode(supaGraphNode_t* node, supaGraph_t graph,
                                   const supaGraphNode_t* dependencies, size_t num_dependencies,
                                   const struct supaMemcpy3DParms* params);
supaError_t supaGraphAddMemcpyNode1D(supaGraphNode_t* node, supaGraph_t graph,
                                     const supaGraphNode_t* dependencies, size_t num_dependencies,
                                     void* dst, const void* src, size_t count,
                                     enum supaMemcpyKind kind);
supaError_t supaGraphAddMemsetNode(supaGraphNode_t* node, supaGraph_t graph,
                                   const supaGraphNode_t* dependencies, size_t num_dependencies,
                                   const struct supaMemsetParams* params);
supaError_t supaGraphAddHostNode(supaGraphNode_t* node, supaGraph_t graph,
                                 const supaGraphNode_t* dependencies, size_t num_dependencies,
                                 const struct supaHostNodeParams* params);
supaError_t supaGraphAddChildGraphNode(supaGraphNode_t* node, supaGraph_t graph,
                                       const supaGraphNode_t* dependencies, size_t num_dependencies,
                                       supaGraph_t child_graph);
supaError_t supaGraphAddEmptyNode(supaGraphNode_t* node, supaGraph_t graph,
                                  const supaGraphNode_t* dependencies, size_t num_dependencies);
supaError_t supaGraphAddEventRecordNode(supaGraphNode_t* node, supaGraph_t graph,
                                        const supaGraphNode_t* dependencies,
                                        size_t num_dependencies, supaEvent_t event);
supaError_t supaGraphAddEventWaitNode(supaGraphNode_t* node, supaGraph_t graph,
                                      const supaGraphNode_t* dependencies, size_t num_dependencies,
                                      supaEvent_t event);
supaError_t supaGraphAddDependencies(supaGraph_t graph, const supaGraphNode_t* from,
                                     const supaGraphNode_t* to, size_t num_dependencies);
supaError_t supaGraphRemoveDependencies(supaGraph_t graph, const supaGraphNode_t* from,
                                        const supaGraphNode_t* to, size_t num_dependencies);
supaError_t supaGraphGetNodes(supaGraph_t graph, supaGraphNode_t* nodes, size_t* num_nodes);
supaError_t supaGraphGetRootNodes(supaGraph_t graph, supaGraphNode_t* nodes, size_t* num_nodes);
supaError_t supaGraphGetEdges(supaGraph_t graph, supaGraphNode_t* from, supaGraphNode_t* to,
                              size_t* num_edges);
supaError_t supaGraphNodeGetType(supaGraphNode_t node, enum supaGraphNodeType* type);
supaError_t supaGraphNodeGetDependencies(supaGraphNode_t node, supaGraphNode_t* dependencies,
                                         size_t* num_dependencies);
supaError_t supaGraphDestroyNode(supaGraphNode_t node);
supaError_t supaGraphInstantiate(supaGraphExec_t* graph_exec, supaGraph_t graph,
                                 unsigned long long flags OPENSUPA_DEFAULT(0));
supaError_t supaGraphInstantiateWithFlags(supaGraphExec_t* graph_exec, supaGraph_t graph,
                                          unsigned long long flags OPENSUPA_DEFAULT(0));
supaError_t supaGraphExecKernelNodeSetParams(supaGraphExec_t graph_exec, supaGraphNode_t node,
                                             const struct supaKernelNodeParams* params);
supaError_t supaGraphExecUpdate(supaGraphExec_t graph_exec, supaGraph_t graph,
                                supaGraphExecUpdateResultInfo* result_info);
supaError_t supaGraphUpload(supaGraphExec_t graph_exec, supaStream_t stream);
supaError_t supaGraphLaunch(supaGraphExec_t graph_exec, supaStream_t stream);
supaError_t supaGraphExecDestroy(supaGraphExec_t graph_exec);
supaError_t supaGraphDebugDotPrint(supaGraph_t graph, const char* path, unsigned int flags);
supaError_t supaDeviceGraphMemTrim(int device);
supaError_t supaDeviceGetGraphMemAttribute(int device, enum supaGraphMemAttributeType attribute,
                                           void* value);
supaError_t supaDeviceSetGraphMemAttribute(int device, enum supaGraphMemAttributeType attribute,
                                           void* value);
supaError_t supaUserObjectCreate(supaUserObject_t* object, void* ptr, supaHostFn_t destroy,
                                 unsigned int initial_refcount, unsigned int flags);
supaError_t supaUserObjectRetain(supaUserObject_t object, unsigned int count OPENSUPA_DEFAULT(1));
supaError_t supaUserObjectRelease(supaUserObject_t object, unsigned int count OPENSUPA_DEFAULT(1));
supaError_t supaGraphRetainUserObject(supaGraph_t graph, supaUserObject_t object,
                                      unsigned int count OPENSUPA_DEFAULT(1),
                                      unsigned int flags OPENSUPA_DEFAULT(0));
supaError_t supaGraphReleaseUserObject(supaGraph_t graph, supaUserObject_t object,
                                       unsigned int count OPENSUPA_DEFAULT(1));

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_GRAPH_H_
